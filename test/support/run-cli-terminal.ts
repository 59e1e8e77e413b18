import { existsSync } from 'node:fs'
import { BUNDLE, NODE } from './cli.ts'
import { run } from './process.ts'

/** The system's Python: it has a module for terminals, and Node has none. */
const PYTHON = '/usr/bin/python3'
const END = 'terminal driver: '

/** One step of somebody at a terminal: waits until `expect` is shown, then does what follows. */
export type Step = {
  readonly expect: string
  /** Typed all at once. */
  readonly send?: string
  /** Sent to the program itself, as `kill` does. */
  readonly signal?: 'SIGTERM' | 'SIGHUP' | 'SIGINT'
  /** The window is closed. */
  readonly hangUp?: true
}

export type TerminalEnd = {
  /** All that the screen was sent. */
  readonly screen: string
  readonly code: number | null
  readonly signal: string | null
  /** Whether the terminal would have shown what was typed, at each step. */
  readonly echoAtSteps: readonly boolean[]
  /** The same after the end: a program must leave the terminal as it found it. */
  readonly echoAtEnd: boolean | null
}

/**
 * Runs `strongroom …` on a terminal of its own, as its session's leader, and types at it.
 *
 * @throws it is not at the next step, or not at its end, after `timeoutMs`
 */
export async function onTerminal(
  args: readonly string[],
  steps: readonly Step[],
  options: { readonly program?: readonly string[]; readonly cwd?: string; readonly timeoutMs?: number } = {},
): Promise<TerminalEnd> {
  if (!existsSync(BUNDLE)) throw new Error('The bundle is missing: run `npm run build`.')
  const { program = [NODE, BUNDLE], cwd, timeoutMs = 20_000 } = options
  const plan = JSON.stringify({ argv: [...program, ...args], steps, timeout: timeoutMs / 1000 })
  const env = { PATH: process.env.PATH ?? '', TERM: 'xterm', LANG: 'C.UTF-8' }
  const driver = { env, input: plan, timeoutMs: timeoutMs + 10_000, ...(cwd !== undefined && { cwd }) }
  const { code, out, err } = await run(PYTHON, ['-c', DRIVER], driver)
  if (code !== 0 || !out.startsWith(END)) throw new Error(`${err}${out}`)
  return JSON.parse(out.slice(END.length))
}

const DRIVER = `
import errno, json, os, pty, select, signal, sys, termios, time

plan = json.load(sys.stdin)
pid, fd = pty.fork()
if pid == 0:
    os.execv(plan["argv"][0], plan["argv"])
screen = b""
seen = 0
steps = list(plan["steps"])
echo = []
deadline = time.monotonic() + plan["timeout"]
status = None

def shows():
    try:
        return bool(termios.tcgetattr(fd)[3] & termios.ECHO)
    except (termios.error, OSError):
        return None

def read():
    global screen
    ready, _, _ = select.select([fd], [], [], 0.02)
    if not ready:
        return
    try:
        screen += os.read(fd, 65536)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        time.sleep(0.02)

closed = False
while status is None:
    if time.monotonic() > deadline:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        waits = "for " + repr(steps[0]["expect"]) if steps else "for its end"
        sys.exit("it hung, waiting " + waits + ", after " + repr(screen.decode("utf8", "replace")))
    if closed:
        time.sleep(0.02)
    else:
        read()
        text = screen.decode("utf8", "replace")
        if steps and steps[0]["expect"] in text[seen:]:
            step = steps.pop(0)
            seen = text.index(step["expect"], seen) + len(step["expect"])
            # The prompt is shown just before the terminal is told to hide what is typed.
            time.sleep(0.15)
            echo.append(shows())
            if "send" in step:
                os.write(fd, step["send"].encode("utf8", "surrogateescape"))
            if "signal" in step:
                os.kill(pid, getattr(signal, step["signal"]))
            if "hangUp" in step:
                os.close(fd)
                closed = True
    done, code = os.waitpid(pid, os.WNOHANG)
    if done == pid:
        status = code
at_end = None
if not closed:
    at_end = shows()
    for _ in range(5):
        read()
if steps:
    sys.exit("it ended before " + repr(steps[0]["expect"]) + ", after " + repr(screen.decode("utf8", "replace")))
exited = os.WIFEXITED(status)
print("${END}" + json.dumps({
    "screen": screen.decode("utf8", "replace"),
    "code": os.WEXITSTATUS(status) if exited else None,
    "signal": None if exited else signal.Signals(os.WTERMSIG(status)).name,
    "echoAtSteps": echo,
    "echoAtEnd": at_end,
}))
`
