const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file is where its folder should be',
  EFBIG: 'the file is too large',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
  ENOENT: 'its folder is missing',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is where its folder should be',
  EROFS: 'the disk is read-only',
}

/** Explains, for people, why a file cannot be read or written. */
export function fileErrorText(error: NodeJS.ErrnoException): string {
  return TEXTS[error.code ?? ''] ?? error.message
}
