# Prints the URL to connect to. It runs before every connection, so a token in it is always fresh.
token="token" # fetch a token here
echo "wss://example.com/stream?token=$token"
