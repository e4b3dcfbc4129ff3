#!/usr/bin/python3
"""Train the bundled Fashion-MNIST network; write its network and data files.

Writes configs/networks/fashion.{yaml,npz}, data/fashion_test_1000.npz and
data/fashion_calibration.npz.  Needs Debian's package dataset-fashion-mnist.
"""
import argparse
import os

import numpy as np

import common

SEED = 1
SHAPE = [28, 28, 1]
LAYERS = [
    dict(name="conv1", op="conv2d", filters=16, kernel=[3, 3], stride=[1, 1], padding="same",
         activation="relu"),
    dict(name="pool1", op="max_pool2d", kernel=[2, 2], stride=[2, 2], padding="valid"),
    dict(name="conv2", op="conv2d", filters=32, kernel=[3, 3], stride=[1, 1], padding="same",
         activation="relu"),
    dict(name="conv3", op="conv2d", filters=48, kernel=[3, 3], stride=[2, 2],
         padding=[1, 1, 1, 1], activation="relu"),
    dict(name="dw4", op="depthwise_conv2d", kernel=[3, 3], stride=[1, 1], padding="same",
         multiplier=1, activation="relu"),
    dict(name="pw4", op="conv2d", filters=64, kernel=[1, 1], stride=[1, 1], padding="valid",
         activation="relu"),
    dict(name="conv5", op="conv2d", filters=56, kernel=[3, 3], stride=[1, 1], padding="same",
         activation="relu"),
    dict(name="gap", op="average_pool2d", kernel=[7, 7], stride=[7, 7], padding="valid"),
    dict(name="flatten", op="flatten"),
    dict(name="fc", op="fully_connected", units=10),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--fashion-dir", default=common.FASHION_DIR,
                        help="folder of the four idx files")
    args = parser.parse_args()
    common.set_up(SEED)

    def load(name):
        return common.read_idx(os.path.join(args.fashion_dir, name + "-ubyte.gz"))

    train_images = load("train-images-idx3")[..., None]
    train_labels = load("train-labels-idx1")
    test_images = load("t10k-images-idx3")[..., None]
    test_labels = load("t10k-labels-idx1")

    common.save_images("fashion_test_1000", test_images[:1000], test_labels[:1000])
    pick = np.sort(np.random.RandomState(SEED).choice(len(train_images), 512, replace=False))
    common.save_images("fashion_calibration", train_images[pick], train_labels[pick])

    model = common.Model(LAYERS, SHAPE, dropout=0.1)
    common.train(model, common.to_tensor(train_images, 255), train_labels, epochs=args.epochs,
                 batch=128, rate=0.1, decay=5e-4, shift=1, flip=True)
    weights = common.export(model)

    x = common.to_tensor(test_images, 255)
    right = common.count_correct(LAYERS, weights, x, test_labels)
    right_1000 = common.count_correct(LAYERS, weights, x[:1000], test_labels[:1000])
    comment = ("Fashion-MNIST classifier; float accuracy %.2f %% on the 10,000 test images, "
               "%.1f %% on the first 1,000; made by tools/train/train_fashion.py"
               % (right / 100, right_1000 / 10))
    common.save_network("fashion", comment, SHAPE, 255, LAYERS, weights)
    common.report(LAYERS, SHAPE, weights, common.to_tensor(train_images[pick], 255))
    print("correct: %d of 10000, %d of the first 1000" % (right, right_1000))


if __name__ == "__main__":
    main()
