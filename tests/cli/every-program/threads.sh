# shellcheck shell=bash
# --threads N bounds all pools together: oneTBB and OpenMP have N - 1 threads each beside the one that calls them,
# whoever else asks for more, no other pool computes, and with --threads 1 one thread computes at a time.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
# shellcheck source=tests/cli/every-program/faults.bash
source "$(dirname "$case_file")/faults.bash"
export OMP_NUM_THREADS=15 ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS=15 OPENBLAS_NUM_THREADS=15
cs-phantom --out hearts --subjects 8 --size 48 --slices 4 --seed 2 --log-level error
cs-preprocess --cases hearts/cases.jsonl --out ready --log-level error
head -2 ready/cases.jsonl >ready/few.jsonl
swapped ready/few.jsonl >ready/predicted.jsonl
golden model.safetensors
to_train # two images of this model's classes

# bound TBB OPENMP OWN COMMAND...: the most threads of oneTBB, of OpenMP, and started by the program or ITK itself.
bound() {
  local tbb=$1 openmp=$2 own=$3 name number limit
  shift 3
  rm -rf out
  FAULT_THREADS=threads LD_PRELOAD=$faults "$@" --threads "$n" >stdout 2>err || fail "$* ends with $?: $(cat err)"
  echo "$1 --threads $n: $(tr '\n' ' ' <threads)"
  while read -r name number; do
    case $name in
      all) continue ;;
      libtbb.*) limit=$tbb ;;
      # A team that shrinks (OpenBLAS needs few threads for small matrices) and grows again has threads that are about
      # to end beside those that begin.
      libgomp[.-]*) limit=$((2 * openmp)) ;;
      # LibTorch 2's own pool, where it does not take OpenMP's.
      libtorch_cpu.*) limit=$openmp ;;
      libstdc++.*) limit=$own ;;
      # LibTorch keeps these for mobile networks; nothing here ever gives them work.
      libpthreadpool.*) continue ;;
      # On Debian 13 LibTorch brings MPI along, and with it a file system of UCX that waits to be asked.
      libucs_fuse.*) continue ;;
      *) limit=0 ;;
    esac
    [ "$number" -le "$limit" ] || fail "$1 --threads $n: $number threads of $name, expected at most $limit"
  done <threads
}
# Debian 13's LibTorch starts a thread for the gradients of another device, which waits for ever.
waits=0
if ldd "$(dirname "$(command -v cs-list)")/../lib/libcoopseg_training.so" 2>/dev/null | grep -q 'libtorch_cpu\.so\.2'; then waits=1; fi
short=(--crop 32 --batch-size 4 --max-iterations 2)
for n in 1 3; do
  others=$((n - 1))
  bound $others 0 0 cs-phantom --out out --subjects 8 --size 48 --slices 4
  bound $others 0 0 cs-preprocess --cases hearts/cases.jsonl --out out
  # ITK keeps one thread for all its filters; the ones that call it wait meanwhile.
  bound $others 0 1 cs-preprocess --cases hearts/cases.jsonl --out out --n4
  bound $others 0 0 cs-corrupt all --cases ready/cases.jsonl --out out
  bound $others 0 0 cs-distance-map --cases ready/cases.jsonl --out out
  bound $others 0 0 cs-check --cases ready/cases.jsonl
  bound $others 0 0 cs-dice --cases ready/predicted.jsonl
  bound 0 0 0 cs-list coopseg ready --labels coopseg
  bound 0 0 0 cs-split --cases ready/cases.jsonl --train rest --test 1 --out out
  bound 0 0 0 cs-model show model.safetensors
  with_networks || continue
  # Batches are made by one thread beside the network, which begins when all images are read.
  for program in cs-train-ftn cs-train-coop; do
    bound $others $others $(((n > 1) + waits)) $program --cases ready/few.jsonl --out out "${short[@]}"
  done
  bound $others $others $(((n > 1) + waits)) cs-train-semi --cases ready/few.jsonl --out out --patch 32,32,16 \
    --filters 2 --batch-size 2 --max-iterations 2
  # The network has a thread of its own, which works while its callers wait; the model is read by another, before.
  bound $others $((2 * others)) 1 cs-predict --model model.safetensors --cases ready/few.jsonl --out out
  bound $others $others $waits cs-perturb --model model.safetensors --cases to_train.jsonl --out out
done
