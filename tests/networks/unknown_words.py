"""A network in German: none of its names says to a program what it is."""

import numpy as np


class NeuronalesNetz:
    def __init__(self, eingabe, versteckt, ausgabe, lernrate=0.1):
        # Gewichte ziehen
        self.gewichte_ev = np.random.normal(0.0, pow(versteckt, -0.5), (versteckt, eingabe))
        self.gewichte_va = np.random.normal(0.0, pow(ausgabe, -0.5), (ausgabe, versteckt))
        self.schwelle_v = np.zeros((versteckt, 1))
        self.schwelle_a = np.zeros((ausgabe, 1))
        self.lernrate = lernrate

    def aktivierung(self, z):
        return 1 / (1 + np.exp(-z))

    def abfragen(self, eingaben):
        x = np.array(eingaben, ndmin=2).T
        v = self.aktivierung(self.gewichte_ev @ x + self.schwelle_v)
        return self.aktivierung(self.gewichte_va @ v + self.schwelle_a)

    def trainieren(self, eingaben, ziele):
        x = np.array(eingaben, ndmin=2).T
        t = np.array(ziele, ndmin=2).T
        v = self.aktivierung(self.gewichte_ev @ x + self.schwelle_v)
        a = self.aktivierung(self.gewichte_va @ v + self.schwelle_a)
        fehler = t - a
        delta_a = fehler * a * (1 - a)
        delta_v = (self.gewichte_va.T @ delta_a) * v * (1 - v)
        self.gewichte_va += self.lernrate * delta_a @ v.T
        self.schwelle_a += self.lernrate * delta_a
        self.gewichte_ev += self.lernrate * delta_v @ x.T
        self.schwelle_v += self.lernrate * delta_v
