# Tells so when it may: half a minute is enough for every machine.
for i in $(seq 300); do
    if [ -e go ]; then echo "$1" >>effects.txt; exit; fi
    sleep 0.1
done
