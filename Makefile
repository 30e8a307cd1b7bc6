# Every target makes the virtual environment it needs, the first time, and runs in it.
# How: tools/environment. Which versions: constraints.txt.

SUBJECT ?= examples/right_network.py:Network
OPTIONS ?=
export PYTHON SUBJECT

.DEFAULT_GOAL := help
.PHONY: help check test typecheck lint train package clean
.SILENT:

help:
	echo 'make check SUBJECT=file.py:Name  judge a network (without SUBJECT an example)'
	echo 'make train                       train the reference network on MNIST'
	echo 'make test                        all tests, with branch coverage of src'
	echo 'make typecheck                   mypy and pyright, both strict'
	echo 'make lint                        ruff: rules and format'
	echo 'make package                     build, install elsewhere, and use the wheel and the sdist'
	echo 'make clean                       remove everything that make has made'
	echo
	echo 'PYTHON=/path/to/python3.13 chooses the interpreter (3.11 or newer),'
	echo "OPTIONS='...' is passed on by check, train and test."

check:
	python=$$(tools/environment run) && "$$python" -P -m refnet check "$$SUBJECT" $(OPTIONS)

train:
	python=$$(tools/environment run) && "$$python" -P -m refnet train $(OPTIONS)

test:
	python=$$(tools/environment dev) && "$$python" -m pytest --numprocesses auto --cov $(OPTIONS)

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

package:
	python=$$(tools/environment dev) && "$$python" tools/package.py

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis htmlcov
	rm -rf src/refnet.egg-info .coverage .coverage.*
	find src properties tests tools examples -name __pycache__ -type d -prune -exec rm -rf {} +
