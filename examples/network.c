/* A network in C that refnet can judge:
 *
 *     cc -O2 -o network examples/network.c -lm && refnet check --command ./network
 *     cc -O2 -DWRONG -o network examples/network.c -lm && refnet check --command ./network
 *
 * It has ReLU units, softmax outputs, the categorical cross-entropy and an L2 penalty, and sends
 * the mean over the batch. Everything it says to refnet is in the last section; docs/protocol.md
 * describes the lines. Compiled with -DWRONG it makes a common mistake: the gradient of the weights
 * is averaged over the batch, that of the biases is not.
 */

#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef WRONG
enum { wrong = 1 };
#else
enum { wrong = 0 };
#endif

static void fail(const char *reason) {
    fprintf(stderr, "network: %s\n", reason);
    exit(1);
}

static void *take(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL) fail("out of memory");
    return memory;
}

/* ---- JSON: a reader for what refnet sends --------------------------------------------------- */

typedef enum { JSON_NULL, JSON_NUMBER, JSON_STRING, JSON_LIST, JSON_OBJECT } Kind;

typedef struct Json {
    Kind kind;
    double number;     /* true is 1, false is 0 */
    char *text;        /* of a string */
    size_t count;      /* elements of a list, fields of an object */
    struct Json *items;
    char **names;      /* of the fields */
} Json;

static const char *place; /* where in the line the reader is */

static void skip_spaces(void) { place += strspn(place, " \t\r\n"); }

static int skip(const char *token) {
    skip_spaces();
    if (strncmp(place, token, strlen(token)) != 0) return 0;
    place += strlen(token);
    return 1;
}

/* Names and texts of the protocol are plain ASCII: an escaped letter stands for itself. */
static char *read_text(void) {
    if (!skip("\"")) fail("got no string where one is expected");
    char *text = take(strlen(place) + 1, 1), *end = text;
    while (*place != '"') {
        if (*place == '\\') place++;
        if (*place == '\0') fail("a string does not end");
        *end++ = *place++;
    }
    place++;
    return text;
}

static Json read_json(void) {
    Json value = {0};
    skip_spaces();
    if (*place == '"') {
        value.kind = JSON_STRING;
        value.text = read_text();
    } else if (*place == '[' || *place == '{') {
        value.kind = *place == '[' ? JSON_LIST : JSON_OBJECT;
        const char *close = *place++ == '[' ? "]" : "}";
        while (!skip(close)) {
            if (value.count > 0 && !skip(",")) fail("got no comma where one is expected");
            size_t size = value.count + 1;
            value.items = realloc(value.items, size * sizeof *value.items);
            value.names = realloc(value.names, size * sizeof *value.names);
            if (value.items == NULL || value.names == NULL) fail("out of memory");
            value.names[value.count] = NULL;
            if (value.kind == JSON_OBJECT) {
                value.names[value.count] = read_text();
                if (!skip(":")) fail("got no colon where one is expected");
            }
            value.items[value.count] = read_json();
            value.count++;
        }
    } else if (!skip("null")) {
        value.kind = JSON_NUMBER;
        if (skip("true")) {
            value.number = 1.0;
        } else if (!skip("false")) {
            char *end;
            value.number = strtod(place, &end);
            if (end == place) fail("got no JSON value where one is expected");
            place = end;
        }
    }
    return value;
}

static void free_json(Json *value) {
    for (size_t i = 0; i < value->count; i++) {
        free_json(&value->items[i]);
        free(value->names[i]);
    }
    free(value->items);
    free(value->names);
    free(value->text);
}

static const Json *find(const Json *object, const char *name) {
    for (size_t i = 0; i < object->count; i++)
        if (object->names[i] != NULL && strcmp(object->names[i], name) == 0)
            return &object->items[i];
    return NULL;
}

static const Json *field(const Json *object, const char *name) {
    const Json *found = find(object, name);
    if (found == NULL) fail("a field is missing in the question");
    return found;
}

/* ---- matrices ---------------------------------------------------------------------------------- */

typedef struct {
    size_t rows, columns;
    double *at; /* row by row */
} Matrix;

static Matrix new_matrix(size_t rows, size_t columns) {
    return (Matrix){rows, columns, take(rows * columns, sizeof(double))};
}

static double *entry(Matrix a, size_t i, size_t j) { return &a.at[i * a.columns + j]; }

static Matrix matrix_of(const Json *list) {
    Matrix a = new_matrix(list->count, list->count ? list->items[0].count : 0);
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = 0; j < a.columns; j++) *entry(a, i, j) = list->items[i].items[j].number;
    return a;
}

/* Return a b, or a^T b, or a b^T. */
static Matrix product(Matrix a, int a_transposed, Matrix b, int b_transposed) {
    size_t rows = a_transposed ? a.columns : a.rows, inner = a_transposed ? a.rows : a.columns;
    Matrix c = new_matrix(rows, b_transposed ? b.rows : b.columns);
    for (size_t i = 0; i < c.rows; i++)
        for (size_t j = 0; j < c.columns; j++)
            for (size_t k = 0; k < inner; k++)
                *entry(c, i, j) += (a_transposed ? *entry(a, k, i) : *entry(a, i, k)) *
                                   (b_transposed ? *entry(b, j, k) : *entry(b, k, j));
    return c;
}

/* ---- the network: W is (fan-out, fan-in), b is (units, 1), one column is one sample ------------ */

typedef struct {
    size_t depth; /* layers after the input */
    Matrix *weights, *biases;
    double lambda, n;
} Network;

static Network network_of(const Json *problem) {
    const Json *weights = field(problem, "weights"), *biases = field(problem, "biases");
    Network network = {.depth = weights->count};
    network.weights = take(network.depth, sizeof(Matrix));
    network.biases = take(network.depth, sizeof(Matrix));
    for (size_t layer = 0; layer < network.depth; layer++) {
        network.weights[layer] = matrix_of(&weights->items[layer]);
        network.biases[layer] = matrix_of(&biases->items[layer]);
    }
    network.lambda = field(problem, "l2")->number;
    network.n = field(problem, "training_size")->number;
    return network;
}

static void softmax(Matrix z) {
    for (size_t j = 0; j < z.columns; j++) {
        double largest = *entry(z, 0, j), sum = 0.0;
        for (size_t i = 1; i < z.rows; i++) largest = fmax(largest, *entry(z, i, j));
        for (size_t i = 0; i < z.rows; i++) {
            *entry(z, i, j) = exp(*entry(z, i, j) - largest); /* shifted: nothing overflows */
            sum += *entry(z, i, j);
        }
        for (size_t i = 0; i < z.rows; i++) *entry(z, i, j) /= sum;
    }
}

/* Fill in the activations of every layer; the input is the first. Where a ReLU is on, a > 0. */
static Matrix *forward(const Network *network, Matrix x) {
    Matrix *activations = take(network->depth + 1, sizeof(Matrix));
    activations[0] = x;
    for (size_t layer = 0; layer < network->depth; layer++) {
        Matrix z = product(network->weights[layer], 0, activations[layer], 0);
        int last = layer + 1 == network->depth;
        for (size_t i = 0; i < z.rows; i++)
            for (size_t j = 0; j < z.columns; j++) {
                double value = *entry(z, i, j) + *entry(network->biases[layer], i, 0);
                *entry(z, i, j) = last ? value : fmax(value, 0.0);
            }
        if (last) softmax(z);
        activations[layer + 1] = z;
    }
    return activations;
}

/* Fill in the gradients: of a network's shape, with those of the weights in the weights' place. */
static Network backprop(const Network *network, Matrix x, Matrix y) {
    Matrix *activations = forward(network, x);
    Network slopes = *network;
    slopes.weights = take(network->depth, sizeof(Matrix));
    slopes.biases = take(network->depth, sizeof(Matrix));
    double m = (double)x.columns;
    Matrix delta = activations[network->depth]; /* BP1: a - y, softmax with its own cost */
    for (size_t k = 0; k < delta.rows * delta.columns; k++) delta.at[k] -= y.at[k];
    for (size_t layer = network->depth; layer-- > 0;) {
        Matrix db = new_matrix(delta.rows, 1);
        for (size_t i = 0; i < delta.rows; i++)
            for (size_t j = 0; j < delta.columns; j++)
                *entry(db, i, 0) += *entry(delta, i, j) / (wrong ? 1.0 : m); /* BP3 */
        Matrix dw = product(delta, 0, activations[layer], 1);
        for (size_t k = 0; k < dw.rows * dw.columns; k++) /* BP4 */
            dw.at[k] = dw.at[k] / m + network->lambda / network->n * network->weights[layer].at[k];
        slopes.weights[layer] = dw;
        slopes.biases[layer] = db;
        Matrix back = product(network->weights[layer], 1, delta, 0); /* BP2 */
        for (size_t k = 0; k < back.rows * back.columns; k++)
            if (layer > 0 && activations[layer].at[k] <= 0.0) back.at[k] = 0.0;
        free(delta.at);
        delta = back;
    }
    free(delta.at);
    for (size_t layer = 1; layer < network->depth; layer++) free(activations[layer].at);
    free(activations);
    return slopes;
}

static void free_network(Network *network) {
    for (size_t layer = 0; layer < network->depth; layer++) {
        free(network->weights[layer].at);
        free(network->biases[layer].at);
    }
    free(network->weights);
    free(network->biases);
}

static void step(Network *network, Matrix x, Matrix y, double rate) {
    Network slopes = backprop(network, x, y);
    for (size_t layer = 0; layer < network->depth; layer++) {
        Matrix w = network->weights[layer], b = network->biases[layer];
        for (size_t k = 0; k < w.rows * w.columns; k++) w.at[k] -= rate * slopes.weights[layer].at[k];
        for (size_t k = 0; k < b.rows; k++) b.at[k] -= rate * slopes.biases[layer].at[k];
    }
    free_network(&slopes);
}

static size_t largest_of(Matrix a, size_t column) {
    size_t best = 0;
    for (size_t i = 1; i < a.rows; i++)
        if (*entry(a, i, column) > *entry(a, best, column)) best = i;
    return best;
}

/* ---- what refnet asks ------------------------------------------------------------------------ */

static const char hello[] =
    "{\"refnet\":1,\"style\":\"C\",\"capabilities\":{"
    "\"parts\":[\"outputs\",\"gradients\",\"step\",\"predictions\",\"correct\"],"
    "\"heads\":[{\"hidden\":\"relu\",\"output\":\"softmax\",\"cost\":\"categorical_cross_entropy\"}]},"
    "\"conventions\":{\"gradients\":\"mean\",\"step\":\"mean\",\"direction\":\"gradient\",\"l2\":\"n\"}}";

/* JSON has no NaN and no infinities: they are strings. 17 digits bring every double back. */
static void write_number(double value) {
    if (isnan(value)) printf("\"NaN\"");
    else if (isinf(value)) printf(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else printf("%.17g", value);
}

static void write_matrix(Matrix a) {
    printf("[");
    for (size_t i = 0; i < a.rows; i++) {
        printf(i ? ",[" : "[");
        for (size_t j = 0; j < a.columns; j++) {
            if (j) printf(",");
            write_number(*entry(a, i, j));
        }
        printf("]");
    }
    printf("]");
}

static void write_layers(const Network *layers) {
    printf("{\"weights\":[");
    for (size_t layer = 0; layer < layers->depth; layer++) {
        if (layer) printf(",");
        write_matrix(layers->weights[layer]);
    }
    printf("],\"biases\":[");
    for (size_t layer = 0; layer < layers->depth; layer++) {
        if (layer) printf(",");
        write_matrix(layers->biases[layer]);
    }
    printf("]}");
}

static void write_gradients(const Network *network, Matrix x, Matrix y) {
    Network slopes = backprop(network, x, y);
    write_layers(&slopes);
    free_network(&slopes);
}

/* Write the outputs, the predicted classes, or how many of them are right. */
static void write_evaluation(const Network *network, Matrix x, Matrix y, const char *part) {
    Matrix *activations = forward(network, x);
    Matrix outputs = activations[network->depth];
    if (strcmp(part, "outputs") == 0) {
        write_matrix(outputs);
    } else {
        int listed = strcmp(part, "predictions") == 0, correct = 0;
        if (listed) printf("[");
        for (size_t j = 0; j < x.columns; j++) {
            if (listed) printf(j ? ",%zu" : "%zu", largest_of(outputs, j));
            correct += largest_of(outputs, j) == largest_of(y, j);
        }
        if (listed) printf("]");
        else printf("%d", correct);
    }
    for (size_t layer = 1; layer <= network->depth; layer++) free(activations[layer].at);
    free(activations);
}

/* Every part is answered by a network of its own: what the one before did to its own is gone. */
static void answer(const Json *problem, const char *part) {
    Network network = network_of(problem);
    Matrix x = matrix_of(field(problem, "x")), y = matrix_of(field(problem, "y"));
    printf("\"%s\":", part);
    if (strcmp(part, "gradients") == 0) {
        write_gradients(&network, x, y);
    } else if (strcmp(part, "step") == 0) {
        for (int steps = (int)field(problem, "steps")->number; steps > 0; steps--)
            step(&network, x, y, field(problem, "learning_rate")->number);
        write_layers(&network);
    } else {
        write_evaluation(&network, x, y, part);
    }
    free_network(&network);
    free(x.at);
    free(y.at);
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        place = line;
        Json message = read_json();
        if (find(&message, "hello") != NULL) {
            printf("%s\n", hello);
        } else {
            const Json *problem = field(&message, "problem"), *asks = field(problem, "asks");
            printf("{\"id\":%.0f,\"answer\":{", field(&message, "id")->number);
            for (size_t i = 0; i < asks->count; i++) {
                if (i) printf(",");
                answer(problem, asks->items[i].text);
            }
            printf("}}\n");
        }
        fflush(stdout);
        free_json(&message);
    }
    free(line);
    return 0;
}
