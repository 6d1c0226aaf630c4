/** Where a row of the dossier is filled in; without a number the section as a whole. */
export function placeOf({ section, number }: { section: string; number: number | null }): string {
  return `/pages/section/section?section=${section}${number ? `&number=${number}` : ''}`
}
