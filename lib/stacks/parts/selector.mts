/** The label by which Services, policies and budgets find an app's pods; immutable in a Deployment, so it holds nothing that changes. */
export function selects(app: string): { app: string } {
  return { app }
}
