// Runs when a run of the trigger failed.
export async function main(
  error: { name?: string; message?: string; stack?: string },
  path: string, // of the script that failed
  trigger_path: string,
) {
  console.log(`${path} failed: ${error.name}: ${error.message}`);
  // return { recover: true } to count the run as a success
  return null;
}
