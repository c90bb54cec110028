# shellcheck shell=bash
# Python reads the exported files and gets the same values, and what Python writes is imported: its own form, other
# layouts in memory, parameters, and the snapshot of an interrupted run with its optimisers.
python=
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import torch' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || skip "python3 has no torch (Debian: python3-torch)"
source "$(dirname "$case_file")/setup.bash"
make_run
cs-model export run/best.safetensors --to-reference pth --log-level error
"$python" - <<'PYTHON'
import collections, json, os, struct
import torch

with open("run/best.safetensors", "rb") as file:
    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    data = file.read()
types = {"F32": torch.float32, "I64": torch.int64}

def expected(name):
    entry = header[name]
    begin, end = entry["data_offsets"]
    return torch.frombuffer(bytearray(data[begin:end]), dtype=types[entry["dtype"]]).reshape(entry["shape"])

def module_of(state):
    """A module with these names and the layers that they stand for."""
    root = torch.nn.Module()
    for name, tensor in state.items():
        parent, *path, leaf = [root] + name.split(".")
        for part in path:
            if part not in parent._modules:
                parent.add_module(part, torch.nn.Module())
            parent = parent._modules[part]
        if leaf in ("weight", "bias"):
            parent.register_parameter(leaf, torch.nn.Parameter(torch.zeros(tensor.shape)))
        else:
            parent.register_buffer(leaf, torch.zeros(tensor.shape, dtype=tensor.dtype))
    return root

states, optimisers, count = {}, {}, 0
for file in sorted(os.listdir("pth")):
    module = file[:-len(".pth")]
    safe = torch.load("pth/" + file, weights_only=True)
    state = torch.load("pth/" + file)
    assert type(state) is collections.OrderedDict
    assert list(safe) == list(state)
    for key, tensor in state.items():
        wanted = expected(module + "/" + key)
        assert tensor.dtype == wanted.dtype and tensor.shape == wanted.shape, key
        assert torch.equal(tensor, wanted) and torch.equal(safe[key], wanted), key
        count += 1
    network = module_of(state)
    assert str(network.load_state_dict(state)) == "<All keys matched successfully>"
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
    optimiser.step()
    states[module], optimisers[module] = network.state_dict(), optimiser.state_dict()
assert count == len(header) - 1, (count, len(header))

for folder in ("own", "layouts", "snapshot"):
    os.mkdir(folder)
for module, state in states.items():
    torch.save(state, f"own/{module}.pth")
    other = collections.OrderedDict()
    for key, tensor in state.items():
        if tensor.dim() == 4:
            tensor = tensor.to(memory_format=torch.channels_last)
        elif tensor.dim() == 1:
            tensor = torch.stack([torch.zeros_like(tensor), tensor], 1)[:, 1]
        other[key] = torch.nn.Parameter(tensor) if tensor.is_floating_point() else tensor
    torch.save(other, f"layouts/{module}.pth")
torch.save({"network_type": "FCN_16_standard", "epoch": 41, "model_state": states, "optimizer_state": optimisers},
           "snapshot/FCN_16_standard.pkl")
PYTHON
for folder in own layouts snapshot; do
  exits 0 cs-model import --from-reference $folder -o $folder.safetensors
  exits 0 cs-model diff --weights run/best.safetensors $folder.safetensors
done
exits 0 cs-model show snapshot.safetensors
says stdout '^  epoch +41$'
exits 2 cs-model import --from-reference snapshot --network FCN_16_standard_share_code -o other.safetensors
says stderr 'contradicts the snapshot'
