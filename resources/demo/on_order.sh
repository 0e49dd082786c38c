# Earshot runs this for every order; the last line it prints is sent back to the shop.
msg="$1"
id=$(printf '%s' "$msg" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
item=$(printf '%s' "$msg" | sed -n 's/.*"item":"\([^"]*\)".*/\1/p')
echo "packing $item" >&2
echo "order $id is packed: enjoy your $item!"
