export { ACT_KINDS, type Act, type ActKind, isActKind } from './act.ts'
export { type Conflict, conflictsOf } from './conflict.ts'
export { type Decision, decide, strictestOf, type TraceStep } from './decide.ts'
export {
  type Folder,
  type InForce,
  inForce,
  type KeyFacts,
  type Place,
  type PlacedRule,
  type Policy,
  parsePolicy,
  type UnknownRule,
} from './policy.ts'
export {
  isRuleKind,
  parseRule,
  RULES,
  type Rule,
  type RuleKind,
  type SetRule,
  settingName,
  writeRule,
} from './rule.ts'
export { isAllowed, keyName, listText, sentenceOf, unknownSentence } from './sentence.ts'
