"""All arithmetic of a training and of a prediction: knows no scikit-learn and no classifier."""
