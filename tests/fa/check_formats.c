/* check_formats.c - reads what fa wrote and holds it against the rules: check_formats json|sarif FILE. */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(bool good, const char *what)
{
    if (!good) {
        printf("FAILED: %s\n", what);
        failures++;
    }
}

static const char *text_of(const cJSON *o, const char *key)
{
    const cJSON *t = cJSON_GetObjectItemCaseSensitive(o, key);
    return cJSON_IsString(t) ? t->valuestring : "";
}

static const cJSON *in(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

static bool is_message(const cJSON *o)
{
    return cJSON_IsObject(o) && *text_of(o, "text");
}

static void check_location(const cJSON *location)
{
    const cJSON *physical = in(location, "physicalLocation"), *artifact = in(physical, "artifactLocation");
    const char *uri = text_of(artifact, "uri");
    check(*uri && uri[0] != '/' && !strchr(uri, ' ') && !strchr(uri, '"') && !strchr(uri, '<'), "a relative, escaped URI");
    const cJSON *region = in(physical, "region"), *line = in(region, "startLine"), *column = in(region, "startColumn");
    check(cJSON_IsNumber(line) && line->valuedouble >= 1, "startLine counts from 1");
    check(cJSON_IsNumber(column) && column->valuedouble >= 1, "startColumn counts from 1");
}

static void check_rules(const cJSON *rules)
{
    const cJSON *rule, *other;
    cJSON_ArrayForEach(rule, rules)
    {
        int same = 0;
        cJSON_ArrayForEach(other, rules)
        {
            same += strcmp(text_of(rule, "id"), text_of(other, "id")) == 0;
        }
        check(same == 1, "rule ids are unique");
        check(is_message(in(rule, "shortDescription")) && is_message(in(rule, "fullDescription")) && is_message(in(rule, "help")),
              "every rule is described");
        const char *level = text_of(in(rule, "defaultConfiguration"), "level");
        check(!strcmp(level, "error") || !strcmp(level, "warning") || !strcmp(level, "note"), "a level of SARIF");
    }
}

static void check_flow(const cJSON *flow)
{
    const cJSON *thread, *step;
    check(cJSON_GetArraySize(in(flow, "threadFlows")) >= 1, "a code flow has thread flows");
    cJSON_ArrayForEach(thread, in(flow, "threadFlows"))
    {
        check(cJSON_GetArraySize(in(thread, "locations")) >= 1, "a thread flow has locations");
        cJSON_ArrayForEach(step, in(thread, "locations"))
        {
            check_location(in(step, "location"));
            check(is_message(in(in(step, "location"), "message")), "a step says what happens");
        }
    }
}

static void check_sarif(const cJSON *root)
{
    const cJSON *run = cJSON_GetArrayItem(in(root, "runs"), 0), *driver = in(in(run, "tool"), "driver"), *one;
    check(!strcmp(text_of(root, "version"), "2.1.0"), "version 2.1.0");
    check(strstr(text_of(root, "$schema"), "sarif-2.1.0") != NULL, "$schema");
    check(cJSON_GetArraySize(in(root, "runs")) == 1, "one run");
    check(*text_of(driver, "name") && *text_of(driver, "version"), "the driver's name and version");
    const cJSON *rules = in(driver, "rules"), *results = in(run, "results");
    check(cJSON_GetArraySize(rules) > 20, "rules");
    check_rules(rules);
    check(cJSON_GetArraySize(results) >= 4, "results");
    cJSON_ArrayForEach(one, results)
    {
        const cJSON *index = in(one, "ruleIndex");
        const cJSON *rule = cJSON_IsNumber(index) ? cJSON_GetArrayItem(rules, index->valueint) : NULL;
        check(rule && !strcmp(text_of(rule, "id"), text_of(one, "ruleId")), "ruleIndex leads to ruleId");
        check(is_message(in(one, "message")), "a message");
        check(cJSON_GetArraySize(in(one, "locations")) == 1, "one location");
        check_location(cJSON_GetArrayItem(in(one, "locations"), 0));
        check(strlen(text_of(in(one, "partialFingerprints"), "primaryLocationLineHash")) == 16, "a fingerprint");
        const cJSON *flow;
        cJSON_ArrayForEach(flow, in(one, "codeFlows"))
        {
            check_flow(flow);
        }
    }
    const cJSON *invocation = cJSON_GetArrayItem(in(run, "invocations"), 0);
    check(cJSON_IsFalse(in(invocation, "executionSuccessful")), "a file failed");
    check(cJSON_GetArraySize(in(invocation, "toolExecutionNotifications")) >= 1, "and is told");
}

static void check_json(const cJSON *root)
{
    const cJSON *one;
    check(!strcmp(text_of(root, "tool"), "fa"), "tool");
    check(cJSON_GetArraySize(in(root, "findings")) >= 4, "findings");
    check(cJSON_GetArraySize(in(root, "problems")) >= 1, "problems");
    cJSON_ArrayForEach(one, in(root, "findings"))
    {
        check(*text_of(one, "file") && *text_of(one, "code") && *text_of(one, "message") && *text_of(one, "help"), "texts");
        check(cJSON_IsNumber(in(one, "line")) && cJSON_IsArray(in(one, "path")), "line and path");
    }
}

int main(int argc, char **argv)
{
    static char bytes[1 << 22];
    FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: check_formats json|sarif FILE\n");
        return 2;
    }
    size_t length = fread(bytes, 1, sizeof bytes - 1, file);
    fclose(file);
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithOpts(bytes, &end, 0);
    check(root != NULL, "it is JSON");
    check(end && end + strspn(end, "\n ") == bytes + length, "one document and nothing after it");
    if (root && strcmp(argv[1], "sarif") == 0) {
        check_sarif(root);
    } else if (root) {
        check_json(root);
    }
    cJSON_Delete(root);
    return failures > 0;
}
