# Runs for every message of the server. The message comes as text.
msg="$1"

echo "received $msg"
# do something with the message

# The last line that is printed is the result: it is sent back when the trigger sends results.
