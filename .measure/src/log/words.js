const WORDS = {
    EACCES: 'permission denied',
    EEXIST: 'a file is where its folder should be',
    EISDIR: 'a folder is in its place',
    EMFILE: 'too many files are open',
    ENOENT: 'its folder is missing',
    ENOSPC: 'the disk is full',
    ENOTDIR: 'a file is where its folder should be',
    EROFS: 'the disk is read-only',
};
/** What went wrong with a log file, in words for a person. */
export function fileWords(error) {
    return WORDS[error.code ?? ''] ?? error.message;
}
