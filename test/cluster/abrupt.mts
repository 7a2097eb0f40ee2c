import { patchComponents } from '../../lib/stacks/patch.mts'
import reactbin from '../../lib/stacks/reactbin.mts'
import { stack } from '../../lib/stacks/stack.mts'

/** reactbin without the pre-stop sleep: pods go before the ingress has heard of it. */
export default stack({
  ...reactbin,
  components: (context) =>
    patchComponents(reactbin.components(context), 'Deployment/api', {
      spec: { template: { spec: { containers: [{ name: 'api', lifecycle: null }] } } },
    }),
})
