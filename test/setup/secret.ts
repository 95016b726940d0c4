/** What every server of the tests signs with. */
export const testSecret = 'Zk3vQ8xT1mB6yN0sL5wH2cJ9rF4uD7aG';
