"""usage: published-step.py CHECKOUT LABELS STEPS THREADS   times a step of the published MMRL++ trainer on the CPU

CHECKOUT is a checkout of github.com/yunncheng/MMRL. Its own model, loss and training step run as they are, on a ViT-B/16 of
random weights and 4 random images; only what it imports of Dassl, which the step does not use, is left empty. Prints the
median seconds of a step and the peak memory in MiB, separated by a tab.
"""
import resource, statistics, sys, time, types

checkout, labels, steps, threads = sys.argv[1], *map(int, sys.argv[2:5])
sys.path.insert(0, checkout)


def stand_in(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


registry = types.SimpleNamespace(register=lambda: lambda cls: cls)
nothing = lambda *arguments, **options: None
stand_in("dassl")
stand_in("dassl.engine", TRAINER_REGISTRY=registry, TrainerX=object)
stand_in("dassl.metrics", compute_accuracy=lambda output, label: [(output.argmax(1) == label).float().mean()])
stand_in("dassl.utils", load_pretrained_weights=nothing, load_checkpoint=nothing)
stand_in("dassl.optim", build_optimizer=nothing, build_lr_scheduler=nothing)

import torch  # noqa: E402
from clip import clip  # noqa: E402
from clip.model_mmrlpp import CLIP  # noqa: E402
from trainers import mmrlpp  # noqa: E402

torch.set_num_threads(threads)
torch.manual_seed(1)
space = types.SimpleNamespace
settings = dict(REP_LAYERS=list(range(6, 13)), N_REP_TOKENS=5, REP_DIM=512, PROJ_LORA_DIM=64, RES_LORA_DIM=4, BETA=0.9,
                ALPHA=0.7, REG_WEIGHT=1.0, PREC="fp32")
cfg = space(TRAINER=space(MMRLpp=space(**settings)), DATASET=space(NAME="Caltech101"), INPUT=space(SIZE=(224, 224)))


def random_clip(kind):
    details = dict(model=kind, rep_tokens_layers=settings["REP_LAYERS"], n_rep_tokens=5, proj_lora_dim=64, beta=0.9)
    return CLIP(512, 224, 12, 768, 16, 77, 49408, 512, 8, 12, details).float()


names = [f"label {index}" for index in range(labels)]
plain = random_clip("CLIP")
trainer = object.__new__(mmrlpp.MMRLpp)
trainer.cfg, trainer.device, trainer.dtype, trainer.scaler = cfg, torch.device("cpu"), torch.float32, None
trainer.num_classes, trainer.batch_idx, trainer.num_batches = labels, 0, 10**9
trainer.model = mmrlpp.CustomCLIP(cfg, names, random_clip("MMRLpp"))
trainer.image_encoder_clip = plain.visual
trainer.criterion = mmrlpp.MMRLpp_Loss(reg_weight=1.0, alpha=0.7)
with torch.no_grad():
    tokens = torch.cat([clip.tokenize(f"a photo of a {name}.") for name in names])
    texts = mmrlpp.TextEncoder_CLIP(plain)(plain.token_embedding(tokens), tokens)
    trainer.text_features_clip = texts / texts.norm(dim=-1, keepdim=True)
for name, parameter in trainer.model.named_parameters():
    trained = ("representation_learner", "image_encoder.A", "image_encoder.B")
    parameter.requires_grad_(any(part in name for part in trained))
trainer.optim = torch.optim.AdamW([p for p in trainer.model.parameters() if p.requires_grad], 1e-3, weight_decay=5e-4)
trainer.model.train()

batch = {"img": torch.randn(4, 3, 224, 224), "label": torch.arange(4) % labels}
times = []
for _ in range(steps + 1):
    start = time.perf_counter()
    trainer.forward_backward(batch)
    times.append(time.perf_counter() - start)
print(f"{statistics.median(times[1:])}\t{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")
