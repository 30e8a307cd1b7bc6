"""Estimators of scikit-learn."""

from sklearn.neural_network import MLPClassifier, MLPRegressor

classifier = MLPClassifier(hidden_layer_sizes=(6, 5), activation="tanh", max_iter=1)
regressor = MLPRegressor(hidden_layer_sizes=(6,), activation="logistic")
