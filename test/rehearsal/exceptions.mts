/** Refusals whose words differ from the real server's, and why; code, reason and field are the same. */
export const OTHER_WORDS: Readonly<Record<string, string>> = {
  'the template of a Job cannot change': "the template is quoted as JSON, not as Go's structs",
  'a refused Job change does not print the whole template': "the template is quoted as JSON, not as Go's structs",
  'the storage class of a claim cannot change': "without Go's diff of its structs",
  'a claim that is not bound cannot grow': "without Go's diff of its structs",
}
