const JOB = "the template is quoted as JSON, not as Go's structs"
const CLAIM = "without Go's diff of its structs"
const UNASKED = 'nothing here asks it: 501 with its name, or 404'

/** Talks in which the rehearsal answers otherwise than a real server, and why. docs/rehearsal.md says them too. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'the template of a Job cannot change': JOB,
  'a refused Job change does not print the whole template': JOB,
  'the storage class of a claim cannot change': CLAIM,
  'a claim that is not bound cannot grow': CLAIM,
  'a token of a list that is none': "without the byte at which Go's decoder gave up",
  'a create of a text': "without Go's words for its type",
  'a watch that lists first says when it is through':
    'the etcd of the host cluster (3.4) cannot do it; the rehearsal does',
  'an empty egress is no change': 'the real one counts a generation; landfall renders no empty egress',
  'an env variable that stands twice': 'its place in managedFields is left out, not only what is in it',
  'a pod under an annotation of old': 'the annotation becomes no field',
  'a status that is written belongs to its own half': 'a condition without its times does not own them',
  'the rules of who may nothing': 'without the rules that every user has',
  'who may nothing reads what no server has': 'what is not served is 404 for everybody',
  'a watch of one object by its old path': UNASKED,
  'a scale': UNASKED,
  'a patch of operations': UNASKED,
  'a path that nobody serves': UNASKED,
}
