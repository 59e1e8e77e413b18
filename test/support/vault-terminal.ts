import { BUNDLE, NODE } from './cli.ts'
import { run } from './process.ts'

/** What somebody does when a text is shown. */
export type Reply = {
  readonly expect: string
  /** Typed. */
  readonly send?: string
  /** Typed: the group of this number, from 1, of the recovery code that was shown before. */
  readonly sendGroup?: number
}

/** Runs `strongroom …` on a terminal of its own, and answers it. @throws it hung, or ended before a reply */
export async function answering(
  args: readonly string[],
  replies: readonly Reply[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly screen: string }> {
  const plan = { argv: [NODE, BUNDLE, ...args], replies, seconds: 20 }
  const options = {
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
    input: JSON.stringify(plan),
  }
  const { code, out, err } = await run('/usr/bin/python3', ['-c', DRIVER], options)
  if (code !== 0) throw new Error(`${err}${out}`)
  return JSON.parse(out)
}

/** Prompts go out before the terminal is told to hide what is typed; hence the short wait. */
const DRIVER = `
import json, os, pty, re, select, sys, time
plan = json.load(sys.stdin)
pid, fd = pty.fork()
if pid == 0:
    os.execv(plan["argv"][0], plan["argv"])
screen, seen, replies = "", 0, list(plan["replies"])
end = time.monotonic() + plan["seconds"]
while True:
    if time.monotonic() > end:
        os.kill(pid, 9)
        sys.exit("it hung, after " + repr(screen))
    if select.select([fd], [], [], 0.05)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        screen += data.decode("utf8", "replace")
    if replies and replies[0]["expect"] in screen[seen:]:
        reply = replies.pop(0)
        seen = screen.index(reply["expect"], seen) + len(reply["expect"])
        time.sleep(0.15)
        text = reply.get("send")
        if "sendGroup" in reply:
            code = re.findall(r"\\\\b[0-9A-Z]{4}\\\\b(?=-|\\\\s)", screen[screen.index("not shown again"):])
            text = code[reply["sendGroup"] - 1] + "\\\\r"
        if text is not None:
            os.write(fd, text.encode())
_, status = os.waitpid(pid, 0)
if replies:
    sys.exit("it ended before " + repr(replies[0]["expect"]) + ", after " + repr(screen))
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "screen": screen}))
`.replaceAll('\\\\', '\\')
