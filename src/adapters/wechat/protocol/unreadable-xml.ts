/** Not a message we understand to the last byte. The reason is for the log alone and quotes nothing of the message. */
export class UnreadableXml extends Error {
  override readonly name = 'UnreadableXml';
}
