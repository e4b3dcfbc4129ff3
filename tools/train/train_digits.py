#!/usr/bin/python3
"""Train the bundled 8x8 digits network; write its network and data files.

Writes configs/networks/digits.{yaml,npz}, data/digits_test.npz and
data/digits_calibration.npz.  The images come with scikit-learn.
"""
import argparse

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import common

SEED = 1
SHAPE = [8, 8, 1]
LAYERS = [
    dict(name="conv1", op="conv2d", filters=8, kernel=[3, 3], stride=[1, 1], padding="same",
         activation="relu"),
    dict(name="conv2", op="conv2d", filters=16, kernel=[3, 3], stride=[2, 2], padding="same",
         activation="relu"),
    dict(name="flatten", op="flatten"),
    dict(name="fc", op="fully_connected", units=10),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=60)
    args = parser.parse_args()
    common.set_up(SEED)

    digits = load_digits()
    images = digits.images.astype(np.uint8)[..., None]      # 0..16
    labels = digits.target.astype(np.uint8)
    train_pick, test_pick = train_test_split(np.arange(len(labels)), test_size=0.3,
                                             random_state=SEED, stratify=labels)
    train_pick, test_pick = np.sort(train_pick), np.sort(test_pick)
    train_images, train_labels = images[train_pick], labels[train_pick]
    test_images, test_labels = images[test_pick], labels[test_pick]

    common.save_images("digits_test", test_images, test_labels)
    pick = np.sort(np.random.RandomState(SEED).choice(len(train_images), 256, replace=False))
    common.save_images("digits_calibration", train_images[pick], train_labels[pick])

    model = common.Model(LAYERS, SHAPE, dropout=0.2)
    common.train(model, common.to_tensor(train_images, 16), train_labels, epochs=args.epochs,
                 batch=32, rate=0.05, decay=1e-3, shift=1, flip=False)
    weights = common.export(model)

    right = common.count_correct(LAYERS, weights, common.to_tensor(test_images, 16), test_labels)
    comment = ("8x8 handwritten digits classifier; float accuracy %.2f %% on the %d test images; "
               "made by tools/train/train_digits.py"
               % (100 * right / len(test_labels), len(test_labels)))
    common.save_network("digits", comment, SHAPE, 16, LAYERS, weights)
    common.report(LAYERS, SHAPE, weights, common.to_tensor(train_images[pick], 16))
    print("correct: %d of %d" % (right, len(test_labels)))


if __name__ == "__main__":
    main()
