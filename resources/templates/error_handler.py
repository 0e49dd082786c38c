# Runs when a run of the trigger failed. `path` is the script that failed.
def main(error: dict, path: str, trigger_path: str):
    print(f"{path} failed: {error.get('name')}: {error.get('message')}")
    # return {"recover": True} to count the run as a success
    return None
