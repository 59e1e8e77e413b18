import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { Bridge, CHANNELS as CONTRACT } from '../main/contract/ipc/bridge.ts'

// The whole bridge, without logic: a sandboxed preload imports nothing but types. The channels are those of
// contract/ipc/bridge.ts, whose type holds them to it.
const CHANNELS: typeof CONTRACT = {
  call: 'strongroom:call',
  dropped: 'strongroom:dropped',
  event: 'strongroom:event',
}

const bridge: Bridge = {
  call: (name, input) => ipcRenderer.invoke(CHANNELS.call, name, input),
  on: (listener) => {
    const heard = (_: unknown, event: Parameters<typeof listener>[0]) => listener(event)
    ipcRenderer.on(CHANNELS.event, heard)
    return () => ipcRenderer.off(CHANNELS.event, heard)
  },
  dropped: (files) => {
    // A File that a script made has no path. The page gets handles, never the paths.
    const paths = files.map((file) => webUtils.getPathForFile(file)).filter((path) => path !== '')
    return ipcRenderer.invoke(CHANNELS.dropped, paths)
  },
}

contextBridge.exposeInMainWorld('strongroom', bridge)
