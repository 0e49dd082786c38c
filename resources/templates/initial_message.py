# Returns a message to send when the connection is open: text, or a dict that is sent as JSON.
def main():
    return {"type": "subscribe", "channel": "orders"}
