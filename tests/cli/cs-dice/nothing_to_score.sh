# shellcheck shell=bash
# A list without predictions (the wrong list) is refused; waiting on a silent pipe ends with a signal.
cs-phantom --out h --subjects 2 --sites 1 --size 24 --spacing 8 --slices 2 --frames ED --log-level error
exits 2 cs-dice --cases h/cases.jsonl --summary
says stderr 'no case has both'
mkfifo silent
cs-dice --cases silent 2>/dev/null &
waiting=$!
exec 3>silent # returns when cs-dice has opened the other end
kill -TERM $waiting
status=0
wait $waiting || status=$?
exec 3>&-
equal "$status" 143 "exit status after SIGTERM on a silent pipe"
