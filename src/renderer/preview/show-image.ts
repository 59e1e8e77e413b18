/** Shows an image. The blob's address is let go once it is drawn. @throws it is no image */
export async function showImage(into: HTMLElement, blob: Blob): Promise<void> {
  const image = document.createElement('img')
  const url = URL.createObjectURL(blob)
  try {
    image.src = url
    image.alt = ''
    await image.decode()
    into.replaceChildren(image)
  } finally {
    URL.revokeObjectURL(url)
  }
}
