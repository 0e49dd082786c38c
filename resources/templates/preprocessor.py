import json


# Runs first: makes the arguments of main out of the event.
def preprocessor(event: dict):
    if event["kind"] != "websocket":
        raise ValueError(f"Expected a websocket event, not {event['kind']}")

    # assuming the message is a JSON object
    msg = json.loads(event["msg"])

    # what main is called with: let us assume it wants the message's content and the URL
    return {
        "message_content": msg.get("content"),
        "url": event["url"],
    }


def main(message_content: str, url: str):
    print("received", message_content, "from", url)
    # do something with the message content and the URL
    return None
