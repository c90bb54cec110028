# shellcheck shell=bash
# With one thread and with two a training learns what a ball is: the loss falls, and the best model segments a whole volume
# by windows better than chance would do it.
source "$(dirname "$case_file")/setup.bash"
make_data
for threads in 1 2; do
  train run$threads --filters 4 --max-iterations 40 --lr 0.05 --augmentation none --validate-every 20 --threads $threads 2>err
  grep -oE '"type":"epoch".*"total":[0-9.]+' run$threads/log.jsonl | sed 's/.*://' >losses
  awk 'NR == 1 { first = $1 } { last = $1 } END { exit !(last < 0.7 * first) }' losses ||
    fail "with $threads threads the loss went from $(head -1 losses) to $(tail -1 losses)"
  grep -oE '"mean_dice":[0-9.]+' run$threads/log.jsonl | cut -d: -f2 | sort -g | tail -1 >dice
  awk '{ exit !($1 > 0.5) }' dice || fail "with $threads threads the best Dice is $(cat dice)"
done
