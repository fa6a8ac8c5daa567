/** Transactions of other writers: which are open, and ending them. */
export { type EndTransactionOptions, endTransaction } from "./end-transaction.js";
export {
  type OpenTransaction,
  type OpenTransactionState,
  type OpenTransactionsOptions,
  openTransactions,
} from "./open-transactions.js";
