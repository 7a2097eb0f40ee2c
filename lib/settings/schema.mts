import { z } from 'zod'
import { commonSettings } from '../stacks/common.mts'
import type { Stack } from '../stacks/stack.mts'
import { runSettings } from './known.mts'
import { variableOf } from './variables.mts'

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  [keyword: string]: unknown
  properties?: Record<string, JsonSchema>
}

/**
 * What a values file of this stack may hold, as JSON Schema 2020-12: its own settings, those of every stack and those of
 * the run. An editor completes by it and underlines what `-f` would refuse; a secret is one of those things.
 */
export function schemaOf({ name, settings }: Pick<Stack, 'name' | 'settings'>): JsonSchema {
  const parts = [settings, commonSettings, runSettings].map((schema) => inputOf(schema))
  const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {})) as Record<string, JsonSchema>
  return {
    $comment: `Made by \`npx zx render.mts --stack ${name} --schema\`.`,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Settings of ${name}`,
    type: 'object',
    properties: Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, fit(part, [key])])),
    additionalProperties: false,
  }
}

function inputOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

/** Every setting may be left out in a file, since another layer may say it; a secret may not stand in one at all. */
function fit(part: JsonSchema, path: readonly string[]): JsonSchema {
  const { secret, required: _, ...rest } = part
  if (secret === true)
    return { not: {}, description: `${describe(rest)}A secret: set ${variableOf(path)} in the environment.` }
  const { properties, additionalProperties } = rest
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, fit(one, [...path, key])])),
    }),
    ...(isSchema(additionalProperties) && { additionalProperties: fit(additionalProperties, [...path, '*']) }),
  }
}

function describe({ description }: JsonSchema): string {
  return typeof description === 'string' ? `${description} ` : ''
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}
