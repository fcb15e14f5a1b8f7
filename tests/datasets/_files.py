"""Data sets in each of the formats that load_images reads, written by hand."""

import gzip
import lzma

import numpy as np
import pandas as pd
from PIL import Image

COMPRESS = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}


def write_folder(path, images, labels):
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        folder = path / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{number:04}.png")
    return path


def write_idx(path, values, compression=""):
    values = np.asarray(values, np.uint8)
    header = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    path = path.with_name(path.name + compression)
    path.write_bytes(COMPRESS[compression](header + values.tobytes()))
    return path


def write_pair(folder, images, labels, part="train", compression=""):
    folder.mkdir(exist_ok=True)
    write_idx(folder / f"{part}-labels-idx1-ubyte", labels, compression)
    return write_idx(folder / f"{part}-images-idx3-ubyte", images, compression)


def write_csv(path, pixels, labels=None, column="label"):
    frame = pd.DataFrame(pixels, columns=[f"pixel{i}" for i in range(pixels.shape[1])])
    if labels is not None:
        frame.insert(0, column, labels)
    frame.to_csv(path, index=False)
    return path
