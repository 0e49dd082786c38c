from urllib.parse import quote


# Returns the URL to connect to. It runs before every connection, so a token in it is always fresh.
def main():
    token = "…"  # fetch a token here
    return f"wss://example.com/stream?token={quote(token)}"
