// Runs when a run of the trigger failed.
export async function main(error, path, trigger_path) {
  console.log(`${path} failed: ${error.name}: ${error.message}`);
  // return { recover: true } to count the run as a success
  return null;
}
