import type { Facts } from './cause.mts'

const kubectl = ({ namespace }: Facts): string => (namespace === '' ? 'kubectl' : `kubectl -n ${namespace}`)
const describe = (facts: Facts): string => `${kubectl(facts)} describe ${facts.at.kind.toLowerCase()} ${facts.at.name}`
const logs = (facts: Facts): string =>
  `${kubectl(facts)} logs ${facts.at.name}${facts.container === undefined ? '' : ` -c ${facts.container}`}`
const wanted = (facts: Facts, otherwise: string): string => facts.wanted ?? otherwise

/** What to do about a cause: one command, or one thing and the command that shows more. */
export const NEXT = {
  describe,
  wait: (facts) => `Wait, or look: ${describe(facts)}`,
  logs: (facts) => `${logs(facts)} --previous`,
  image: (facts) => `Push ${facts.image ?? 'the image'}, or deploy a tag that exists: npx zx deploy.mts --tag TAG`,
  registry: (facts) => `Check that the nodes reach the registry of ${facts.image ?? 'the image'}: ${describe(facts)}`,
  pullSecret: (facts) =>
    `Name a pull secret that may read ${facts.image ?? 'the image'} (setting imagePullSecrets), or push the image if it is not there`,
  platform: (facts) =>
    `Build ${facts.image ?? 'the image'} for the nodes' platform: kubectl get nodes -L kubernetes.io/arch`,
  config: (facts) =>
    `Make ${wanted(facts, 'what is missing')}, then deploy again: ${kubectl(facts)} get secrets,configmaps`,
  user: (facts) =>
    `Set a numeric non-root user for container ${facts.container ?? ''} (runAsUser), or build the image with one`,
  command: (facts) => `Check the command and the image of container ${facts.container ?? ''}: ${describe(facts)}`,
  memory: (facts) =>
    `Raise the memory limit of container ${facts.container ?? ''}, or make it need less: ${logs(facts)} --previous`,
  dependency: (facts) =>
    `Start what container ${facts.container ?? ''} connects to, or correct its address: ${logs(facts)} --previous`,
  migration: (facts) => `Correct the migration and deploy again; its whole log: ${logs(facts)}`,
  noMigration: (facts) => `Build ${facts.image ?? 'the image'} with alembic, alembic.ini and every revision in it`,
  databaseRefuses: (facts) =>
    `Correct the user, password or database that the migration connects with; its whole log: ${logs(facts)}`,
  databaseAway: (facts) => `Start the database or correct its address; Kubernetes goes on trying: ${logs(facts)}`,
  claim: (facts) => `${kubectl(facts)} describe pvc ${facts.wanted ?? ''}`.trim(),
  room: () => 'Make room (kubectl describe nodes), or ask for less (requests in the settings)',
  nodes: (facts) => `Label or add a node that fits, or change the placement in the settings: ${describe(facts)}`,
  volume: describe,
  quota: (facts) => `${kubectl(facts)} describe resourcequota,limitrange`,
  account: (facts) => `Make the service account, then deploy again: ${kubectl(facts)} get serviceaccounts`,
  podSecurity: (facts) =>
    `Change the pod to what the namespace admits, or the label that forbids it: kubectl get namespace ${facts.namespace} --show-labels`,
  admission: describe,
  job: (facts) =>
    `Correct it, then: ${kubectl(facts)} delete job ${facts.at.name}, and deploy again; its log: ${kubectl(facts)} logs job/${facts.at.name}`,
  stuckPod: (facts) => `${kubectl(facts)} delete pod ${facts.at.name}`,
  resume: (facts) => `${kubectl(facts)} rollout resume ${facts.at.kind.toLowerCase()} ${facts.at.name}`,
  certificate: (facts) => `${kubectl(facts)} describe certificate,certificaterequest,order,challenge`,
  vaultPath: (facts) =>
    `Write what is missing to Vault${facts.wanted === undefined ? '' : ` at ${facts.wanted}`}, then deploy again: ${describe(facts)}`,
  vaultRole: (facts) =>
    `Correct the role and its policy in Vault${facts.wanted === undefined ? '' : ` (${facts.wanted})`}: ${describe(facts)}`,
  vaultOperator: () => 'Check that the Vault Secrets Operator runs: kubectl get pods -A | grep vault-secrets-operator',
  ownership: (facts) =>
    `Delete Secret ${wanted(facts, '')} so that the operator can make it, or set destination.overwrite: ${kubectl(facts)} get secret ${wanted(facts, '')}`,
} satisfies Record<string, (facts: Facts) => string>
