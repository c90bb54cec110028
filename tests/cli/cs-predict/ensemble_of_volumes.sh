# shellcheck shell=bash
# Several models of volumes, one after another: their mean probabilities, the agreement of the models, their whole time
# and memory in --plan; windows that differ are refused by name. A list of models may stand in a configuration.
source "$(dirname "$case_file")/setup.bash"
source "$(dirname "$case_file")/volumes.bash"
make_volumes
train_on train.jsonl a.safetensors
train_on cases.jsonl b.safetensors
run() { cs-predict --device cpu --log-level error "$@"; }
for model in a b; do run --model $model.safetensors c.nii.gz by_$model.nii.gz --probabilities; done
says_not by_a.json agreement
exits 0 run --model a.safetensors --model b.safetensors --review 1 c.nii.gz both.nii.gz --probabilities
for file in by_a by_b both; do gzip -dc ${file}_prob.nii.gz >$file.nii; done
perl -e 'my @maps = map { open my $f, "<:raw", "$_.nii"; local $/; [unpack("f<*", substr(<$f>, 352))] } qw(by_a by_b both);
  for my $i (0 .. $#{$maps[0]}) {
    my $mean = ($maps[0][$i] + $maps[1][$i]) / 2;
    abs($maps[2][$i] - $mean) < 1e-6 or die "voxel $i: $maps[2][$i], not $mean\n";
  }' || fail "the probabilities are not the mean"
found=$(cs-dice by_a.nii.gz by_b.nii.gz --labels core:1,shell:2 --metrics dice --json |
  sed -n 's/.*"class":"\([a-z]*\)".*"dice":\([0-9.e-]*\|null\)[,}].*/"\1":\2/p' | paste -sd,)
tr -d ' \n' <both.json >sidecar
says sidecar "\"agreement_of\":\"models\",\"agreement\":\{$found\}"
echo '{"model":["a.safetensors","b.safetensors"],"review":1}' >settings.json
exits 0 run --config settings.json c.nii.gz again.nii.gz
same_bytes again.nii.gz both.nii.gz

# What the plan counts.
passes() { cs-predict "$@" --cases cases.jsonl --plan --json 2>/dev/null | grep -o '"passes_per_window": [0-9]*'; }
equal "$(passes -m a.safetensors)" '"passes_per_window": 1'
equal "$(passes -m a.safetensors -m b.safetensors)" '"passes_per_window": 2'
peak() { cs-predict "$@" --cases cases.jsonl --plan --json 2>/dev/null | sed -n 's/.*"volume": \([0-9]*\).*/\1/p'; }
[ "$(peak -m a.safetensors -m b.safetensors)" -gt "$(peak -m a.safetensors)" ] || fail "a second model takes no memory"

refuse() { # WORDS OPTIONS...
  exits 2 run "${@:2}" c.nii.gz refused.nii.gz
  one_line stderr
  says stderr "$1"
  absent refused.nii.gz
}
LC_ALL=C sed '0,/\\"window\\":\[16,16,16\]/s//\\"window\\":[32,16,16]/' b.safetensors >wide.safetensors
refuse 'wide.safetensors: cannot be averaged with a.safetensors: input/window/0 is 32, there 16' \
  --model a.safetensors --model wide.safetensors
refuse '--distances: a.safetensors gives no signed distances' --distances --model a.safetensors --model b.safetensors
refuse '--stage: means nothing for a.safetensors, a model that sees windows' \
  --stage stn --model a.safetensors --model b.safetensors
stage_model slices.safetensors
for option in --distances '--stage ftn' ''; do # what differs comes before what an option means for one of them
  # shellcheck disable=SC2086
  refuse 'slices.safetensors: cannot be averaged with a.safetensors: classes/LV is new' \
    $option --model a.safetensors --model slices.safetensors
done
