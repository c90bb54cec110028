# shellcheck shell=bash
# Stages have any names; they stand in the order of their first lists, and the first one fills the table.
source "$(dirname "$case_file")/setup.bash"
predict a A 0 1 2
predict b A 2 3 4
score a-A b-A
{
  entry mean-teacher A b-A '"stage":"student"'
  entry mean-teacher A a-A '"stage":"teacher"'
} >stages.jsonl
exits 0 cs-report --results stages.jsonl --out report.html --markdown table.md --csv table.csv
says table.md '^\| method \| A \(n = 3\) \| A teacher \(n = 3\) \|$'
says table.md 'columns that name no stage are of the stage student\.'
says report.html 'Stage teacher, set by set'
says table.csv '^average,dice,,mean-teacher,student,'
says table.csv '^average,dice,,mean-teacher,teacher,'
entry mean-teacher A a-A '"stage":"teacher"' >>stages.jsonl
exits 2 cs-report --results stages.jsonl --out refused.html
says stderr 'line 3: is mean-teacher, teacher, A, as'
entry mean-teacher A a-A '"stage":"STN"' >stages.jsonl
exits 2 cs-report --results stages.jsonl --out refused.html
says stderr 'line 1: "stage" is "STN", expected ftn or stn'
absent refused.html
