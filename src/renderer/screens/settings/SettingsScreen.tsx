import { Button, NativeSelect, SegmentedControl, Switch } from '@mantine/core'
import { AUTO_LOCK_MINUTES, type Settings } from '../../../main/contract/ipc/app-nouns.ts'
import { attempt } from '../../app/acts.ts'
import { ask } from '../../app/bridge.ts'
import { runCommand } from '../../app/commands.ts'
import { useApp, useFacts } from '../../app/store.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Screen, Section } from '../../ui/Screen.tsx'
import { Loading } from '../../ui/States.tsx'
import { settings as words } from '../../words/settings.ts'
import classes from './SettingsScreen.module.css'

const set = (change: Partial<Settings>) =>
  void attempt(async () => {
    const settings = await ask('app.set', change)
    useApp.setState(({ app }) => (app ? { app: { ...app, settings } } : {}))
  })

const THEMES = ['system', 'light', 'dark'] as const
const DENSITIES = ['comfortable', 'compact'] as const

/** What the person set for this computer. */
export function SettingsScreen() {
  const app = useApp(({ app }) => app)
  const facts = useFacts()
  if (app === undefined) return <Loading />
  const { settings } = app
  return (
    <Screen title={words.screen} about={words.about}>
      <Section title={words.locking}>
        <div className={classes.group}>
          <NativeSelect
            className={classes.select ?? ''}
            label={words.autoLock}
            value={String(settings.autoLockMinutes)}
            {...(settings.autoLockMinutes === 0 && { description: words.neverNote })}
            data={AUTO_LOCK_MINUTES.map((minutes) => ({
              value: String(minutes),
              label: words.minutes(minutes),
            }))}
            onChange={(event) => {
              const minutes = AUTO_LOCK_MINUTES.find((each) => String(each) === event.currentTarget.value)
              if (minutes !== undefined) set({ autoLockMinutes: minutes })
            }}
          />
          <Switch
            label={words.suspend}
            checked={settings.lockOnSuspend}
            onChange={(event) => set({ lockOnSuspend: event.currentTarget.checked })}
          />
          <Switch
            label={words.screenLock}
            checked={settings.lockOnScreenLock}
            onChange={(event) => set({ lockOnScreenLock: event.currentTarget.checked })}
          />
        </div>
      </Section>
      <Section title={words.look}>
        <div className={classes.group}>
          <Choice
            label={words.theme}
            value={settings.theme}
            values={THEMES}
            names={words.themes}
            onChange={(theme) => set({ theme })}
          />
          <Choice
            label={words.density}
            value={settings.density}
            values={DENSITIES}
            names={words.densities}
            onChange={(density) => set({ density })}
          />
        </div>
      </Section>
      <Section title={words.telling}>
        <Switch
          label={words.notifications}
          description={words.notificationsBody}
          checked={settings.notifications}
          onChange={(event) => set({ notifications: event.currentTarget.checked })}
        />
      </Section>
      {facts && (
        <Section title={words.vault}>
          <Facts facts={[{ label: words.vaultPlace, value: <bdi>{facts.place}</bdi> }]} />
        </Section>
      )}
      <Section title={words.aboutApp}>
        <p className={classes.version} data-selectable>
          {words.version(app.version)}
        </p>
        <div className={classes.links}>
          <Button variant="default" onClick={() => runCommand('guide')}>
            {words.guide}
          </Button>
          <Button variant="default" onClick={() => runCommand('recovery-guide')}>
            {words.recoveryGuide}
          </Button>
          <Button variant="default" onClick={() => runCommand('report-fault')}>
            {words.report}
          </Button>
        </div>
      </Section>
    </Screen>
  )
}

type ChoiceProps<T extends string> = {
  readonly label: string
  readonly value: T
  readonly values: readonly T[]
  readonly names: Readonly<Record<T, string>>
  readonly onChange: (value: T) => void
}

function Choice<T extends string>({ label, value, values, names, onChange }: ChoiceProps<T>) {
  return (
    <div className={classes.choice}>
      <span>{label}</span>
      <SegmentedControl
        aria-label={label}
        value={value}
        data={values.map((each) => ({ value: each, label: names[each] }))}
        onChange={(chosen) => {
          const found = values.find((each) => each === chosen)
          if (found !== undefined) onChange(found)
        }}
      />
    </div>
  )
}
