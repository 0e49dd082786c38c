# The arguments are the positional parameters; the last line printed is the result.
msg="$1"
echo "got ${#msg} characters"
echo "${msg%% *}"
