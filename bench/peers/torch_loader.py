"""Augmented images from torchvision and PyTorch's DataLoader: `torch_loader.py CASE FOLDER WORKERS`, as children/loader.ts."""

import json
import sys
import time

from lines import give_up, say

try:
    import numpy as np
    import torch

    # For its side effect: torchvision can then be imported also where it was built for another torch.
    import import_timm  # noqa: F401
    import torchvision
    from PIL import Image
    from torchvision import transforms as T
    from torchvision.transforms import InterpolationMode
except ImportError as error:
    give_up(error)


class SmallImages(torch.utils.data.Dataset):
    """The images of CIFAR's binary files, as torchvision's own CIFAR10 hands them over."""

    def __init__(self, path, transform):
        records = np.fromfile(path, np.uint8).reshape(-1, 3073)
        self.labels = records[:, 0]
        self.pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).copy()
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.pixels[index])), int(self.labels[index])


which, folder, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
after = [
    T.RandomHorizontalFlip(),
    T.RandAugment(2, 9),
    T.ToTensor(),
    T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
]
if which == "small":
    transform = T.Compose([T.RandomCrop(32, padding=4), *after])
    dataset = SmallImages(f"{folder}/test_batch.bin", transform)
else:
    crop = T.RandomResizedCrop(224, interpolation=InterpolationMode.BICUBIC)
    dataset = torchvision.datasets.ImageFolder(folder, T.Compose([crop, *after]))
loader = torch.utils.data.DataLoader(
    dataset, batch_size=64, shuffle=True, num_workers=workers, persistent_workers=True, prefetch_factor=4
)

if __name__ == "__main__":
    say({"version": f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}"})
    for line in sys.stdin:
        start = time.perf_counter()
        count = sum(len(images) for images, _ in loader)
        say({"images": count, "seconds": time.perf_counter() - start})
