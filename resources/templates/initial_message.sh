# The last line that is printed is sent when the connection is open.
echo '{"type":"subscribe","channel":"orders"}'
