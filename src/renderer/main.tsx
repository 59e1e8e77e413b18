import './trusted-types.ts'
import { QueryClientProvider } from '@tanstack/react-query'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './app/global.css'
import { App } from './app/App.tsx'
import { follow } from './app/events.ts'
import { queryClient } from './app/query.ts'

// Styles that are made while it runs carry this load's nonce, or the policy drops them.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce
if (nonce) setNonce(nonce)

// A file dropped beside the targets would be opened as a page: main refuses that, and here it does nothing.
for (const kind of ['dragover', 'drop'] as const) {
  window.addEventListener(kind, (event) => event.preventDefault())
}

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App nonce={nonce} />
      </QueryClientProvider>
    </StrictMode>,
  )
  void follow()
}
