/** Shows the camera in `video`; one pointing away from the user if there is a choice. The result stops it. */
export async function startCamera(video: HTMLVideoElement): Promise<() => void> {
  if (navigator.mediaDevices?.getUserMedia === undefined) {
    throw new Error('There is no camera for this page: browsers give one only to pages from https or this machine.');
  }
  const stream = await navigator.mediaDevices
    .getUserMedia({ video: { facingMode: 'environment' } })
    .catch((error: Error) => {
      throw new Error(`The camera does not start: ${error.message}.`);
    });
  video.srcObject = stream;
  await video.play();
  return () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}
