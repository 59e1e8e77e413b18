'use strict'
// What `require('electron')` gives in the host. What is missing here throws where it is used.
const { app } = require('./app.cjs')
const { BrowserWindow } = require('./browser-window.cjs')
const { ipcMain } = require('./ipc-main.cjs')
const { net, protocol, session } = require('./protocol.cjs')
const system = require('./system.cjs')
const { WebContents } = require('./web-contents.cjs')

module.exports = { app, BrowserWindow, webContents: WebContents, ipcMain, net, protocol, session, ...system }
