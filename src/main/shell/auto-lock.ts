import type { PowerMonitor } from 'electron'
import type { LockReason } from '../contract/ipc/vault-nouns.ts'
import type { Session } from '../ipc/index.ts'

const LOOK_EVERY_MS = 5000

/**
 * Locks by itself: after a while without any input to the computer, before it sleeps, when its screen is locked
 * (Settings). A job at work is stopped by it, as by any lock: what is done stays done.
 */
export function startAutoLock(power: PowerMonitor, session: Session): void {
  const lock = (why: LockReason): void => {
    // A failure to close leaves nothing on the screen: the state is locked before anything else happens.
    session.holder.lock(why).catch(() => undefined)
  }
  const look = (): void => {
    const { autoLockMinutes } = session.settings
    if (autoLockMinutes > 0 && power.getSystemIdleTime() >= autoLockMinutes * 60) lock('idle')
  }
  setInterval(look, LOOK_EVERY_MS).unref()
  power.on('suspend', () => {
    if (session.settings.lockOnSuspend) lock('suspend')
  })
  // Timers stood still while it slept: without a sleep told of, the time asleep counts when it wakes.
  power.on('resume', look)
  power.on('lock-screen', () => {
    if (session.settings.lockOnScreenLock) lock('lock-screen')
  })
}
