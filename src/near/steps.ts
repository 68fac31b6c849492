/** How much work may still be done before others have their turn. Looking at one client or change is one step: less than a microsecond. */
export interface Steps {
  left: number
}
