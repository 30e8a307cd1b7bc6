# Every target makes the virtual environment it needs, the first time, and runs in it.
# How: tools/environment. Which versions: constraints.txt.

SUBJECT ?= examples/right_network.py:Network
OPTIONS ?=
export PYTHON SUBJECT

.DEFAULT_GOAL := help
.PHONY: help check test campaign kills typecheck lint train fuzz package matrix diagnosis detectability soak mutants clean
.SILENT:

help:
	echo 'make check SUBJECT=file.py:Name  judge a network (without SUBJECT an example)'
	echo 'make train                       train the reference network on MNIST, or on drawn digits'
	echo 'make test                        all tests, with branch coverage of src'
	echo 'make campaign                    the long tests: every style of code, every shrunk example'
	echo 'make kills                       kill a training at fifty moments and resume it'
	echo 'make typecheck                   mypy and pyright, both strict'
	echo 'make lint                        ruff: rules and format'
	echo 'make fuzz                        a million damaged files for the IDX reader'
	echo 'make package                     build, install elsewhere, and use the wheel and the sdist'
	echo 'make matrix                      which law catches which mistake: docs/kill-matrix.md'
	echo 'make diagnosis                   how often a mistake is named: docs/diagnosis.md'
	echo 'make detectability               how small an error shows: docs/detectability.md'
	echo 'make soak                        every law on correct networks: are there false alarms?'
	echo 'make mutants                     change the reference on purpose: is it noticed?'
	echo 'make clean                       remove everything that make has made'
	echo
	echo 'PYTHON=/path/to/python3.13 chooses the interpreter (3.11 or newer),'
	echo "OPTIONS='...' is passed on by check, test, train and the campaigns."

check:
	python=$$(tools/environment run) && "$$python" -P -m refnet check "$$SUBJECT" $(OPTIONS)

train:
	python=$$(tools/environment train) && "$$python" -P -m refnet train $(OPTIONS)

# Given both --cov and --no-cov, pytest-cov fails at every test that bears its mark no_cover.
test:
	python=$$(tools/environment dev) && "$$python" -m pytest --numprocesses auto \
		$(if $(findstring --no-cov,$(OPTIONS)),,--cov) $(OPTIONS)

campaign:
	python=$$(tools/environment dev) && "$$python" -m pytest --numprocesses auto -m campaign $(OPTIONS)

kills:
	python=$$(tools/environment dev) && REFNET_KILLS=50 "$$python" -m pytest tests/test_killed.py $(OPTIONS)

# Pyright would ask the package index for a newer version of itself: what runs is what is pinned.
typecheck:
	python=$$(tools/environment dev) || exit; status=0; \
	"$$python" -m mypy || status=1; \
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 "$$python" -m pyright --pythonpath "$$python" || status=1; \
	exit $$status

lint:
	python=$$(tools/environment dev) || exit; status=0; \
	"$$python" -m ruff check || status=1; \
	"$$python" -m ruff format --check || status=1; \
	exit $$status

fuzz:
	python=$$(tools/environment fuzz) && "$$python" tools/fuzz.py $(OPTIONS)

package:
	python=$$(tools/environment dev) && "$$python" tools/package.py

# Minutes each; --check in OPTIONS compares with what is committed and writes nothing.
matrix:
	python=$$(tools/environment dev) && "$$python" tools/kill_matrix.py $(OPTIONS)

# Goes on where it was interrupted.
diagnosis:
	python=$$(tools/environment dev) && nice -n 10 "$$python" tools/diagnosis.py $(OPTIONS)

detectability:
	python=$$(tools/environment dev) && "$$python" tools/detectability.py $(OPTIONS)

# Both go on where they were interrupted, and leave the machine to others.
soak:
	python=$$(tools/environment peers) && PYTHONPATH=benchmarks nice -n 15 "$$python" -P -m soak $(OPTIONS)

mutants:
	python=$$(tools/environment mutants) && nice -n 15 "$$python" tools/mutants.py $(OPTIONS)

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzz htmlcov
	rm -rf src/refnet.egg-info .coverage .coverage.*
	find src properties tests tools examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
