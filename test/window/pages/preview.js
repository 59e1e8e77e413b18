// A bare preview page: fetches its one content by the token in its URL, twice, and says what came.
const token = new URLSearchParams(location.search).get('token')
const bridge = 'strongroom' in globalThis

async function take() {
  const reply = await fetch(`./content/${token}`)
  const bytes = new Uint8Array(await reply.arrayBuffer())
  const policy = reply.headers.get('content-security-policy')
  return {
    status: reply.status,
    type: reply.headers.get('content-type'),
    length: bytes.length,
    policy,
    bytes,
  }
}

async function run() {
  const { bytes, ...first } = await take()
  const { bytes: _, ...second } = await take()
  let outside = 'reached'
  try {
    await fetch('https://evil.example/')
  } catch (error) {
    outside = error.name
  }
  let parent = 'reached'
  try {
    parent = String(globalThis.parent.strongroom)
  } catch (error) {
    parent = error.name
  }
  const image = document.createElement('img')
  image.src = URL.createObjectURL(new Blob([bytes], { type: first.type }))
  const shown = await image.decode().then(
    () => image.naturalWidth,
    () => 0,
  )
  globalThis.result = {
    first,
    second,
    outside,
    parent,
    bridge,
    shown,
    text: new TextDecoder().decode(bytes.slice(0, 20)),
  }
}
if (token !== null) run()
