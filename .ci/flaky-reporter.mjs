// Names the tests that passed at their second try only, so that a retry hides none of them.
export default class FlakyReporter {
  flaky = [];

  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky) this.flaky.push(`${test.module.relativeModuleId} > ${test.fullName}`);
  }

  onTestRunEnd() {
    for (const name of this.flaky) console.log(`passed at the second try only: ${name}`);
  }
}
