printf 'ahead:%s:behind' "$2" | $1
echo
