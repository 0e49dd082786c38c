# Runs when a run of the trigger failed. `path` is the script that failed.
error="$1"
path="$2"
trigger_path="$3"

echo "$path failed: $error"
